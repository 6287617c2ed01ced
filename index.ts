import type { ICredentialType, INodeType } from 'n8n-workflow';

import { RsomPayApi as Credential } from './credentials/RsomPayApi.credentials';
import { RsomPay as Node } from './nodes/RsomPay/RsomPay.node';
import { RsomPayTrigger as Trigger } from './nodes/RsomPay/RsomPayTrigger.node';

// By their interfaces: the declarations of the classes would be as large, and say less.
export const RsomPay: new () => INodeType = Node;
export const RsomPayTrigger: new () => INodeType = Trigger;
export const RsomPayApi: new () => ICredentialType = Credential;

export {
	type SignatureAlgorithm,
	type SignatureFailure,
	type SignatureInput,
	type SignatureResult,
	verifySignature,
} from './nodes/RsomPay/webhook/signature';
export type { Invoice, Transaction } from './nodes/RsomPay/api/schemas';
export type { RsomPayEvent } from './nodes/RsomPay/webhook/events';
