import type { SimplePayment } from '../api/simplify';

/**
 * What each operation outputs, by resource and operation. The build makes n8n's output schemas of
 * these types: the fields that the editor shows before a node has run. Nothing loads this file.
 *
 * n8n has one schema for an operation, whatever 'Simplify' is. These are the fields of its default: a
 * field that is mapped before the first run has a value in it. With 'Simplify' off, the node shows its
 * other fields after the first run.
 */
export interface OutputTypes {
	payment: { get: SimplePayment; getAll: SimplePayment };
}
