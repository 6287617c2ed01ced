/**
 * Conditions of fields that not every version of a node has, for `displayOptions.show`. A saved node
 * stays at its version.
 */

/** Only in version 1. */
export const VERSION_1 = { '@version': [1] };

/** In version 2 and later. */
export const FROM_VERSION_2 = { '@version': [{ _cnd: { gte: 2 } }] };
