/** Conditions of fields, for `displayOptions`. A saved node stays at its version. */

/** Only version 1 of a node. */
export const VERSION_1 = { '@version': [1] };

/** Version 2 of a node and later ones. */
export const FROM_VERSION_2 = { '@version': [{ _cnd: { gte: 2 } }] };

/** Only tools of an AI Agent. */
export const FOR_TOOLS = { '@tool': [true] };
