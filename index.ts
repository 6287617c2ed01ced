export { MoyasarApi } from './credentials/MoyasarApi.credentials';
export { RsomPayApi } from './credentials/RsomPayApi.credentials';
export { Moyasar } from './nodes/Moyasar/Moyasar.node';
export { MoyasarTrigger } from './nodes/Moyasar/MoyasarTrigger.node';
export { RsomPay } from './nodes/RsomPay/RsomPay.node';
export { RsomPayTrigger } from './nodes/RsomPay/RsomPayTrigger.node';
export {
	type SignatureAlgorithm,
	type SignatureFailure,
	type SignatureInput,
	type SignatureResult,
	verifySignature,
} from './nodes/RsomPay/webhook/signature';
export type { Payment, PaymentSource } from './nodes/Moyasar/api/schemas';
export type { Invoice, Transaction } from './nodes/RsomPay/api/schemas';
export type { RsomPayEvent } from './nodes/RsomPay/webhook/events';
