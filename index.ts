export { RsomPayApi } from './credentials/RsomPayApi.credentials';
export { RsomPay } from './nodes/RsomPay/RsomPay.node';
export { RsomPayTrigger } from './nodes/RsomPay/RsomPayTrigger.node';
export {
	type SignatureAlgorithm,
	type SignatureFailure,
	type SignatureInput,
	type SignatureResult,
	verifySignature,
} from './nodes/RsomPay/webhook/signature';
export type { Invoice, Transaction } from './nodes/RsomPay/api/schemas';
export type { RsomPayEvent } from './nodes/RsomPay/webhook/events';
