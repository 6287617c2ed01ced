import {
	type ICredentialDataDecryptedObject,
	type ICredentials,
	ICredentialsHelper,
	type ICredentialsExpressionResolveValues,
	type ICredentialType,
	type IExecuteData,
	type IHttpRequestOptions,
	type INode,
	type INodeCredentials,
	type INodeCredentialsDetails,
	type INodeProperties,
	type INodeTypes,
	isExpression,
	type IWorkflowExecuteAdditionalData,
	NodeHelpers,
	Workflow,
	type WorkflowExecuteMode,
} from 'n8n-workflow';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';

import { getAdditionalKeys } from './n8n-core.mts';

const MOCK_NODE: INode = {
	id: 'mock',
	name: 'mock',
	type: 'test.pass',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const textsSchema = z.record(z.string());
const requestPartSchema = z.record(z.unknown()).default({});

/**
 * The credentials of the n8n of the tests. Like n8n's own helper it adds defaults and resolves
 * expressions when a credential is read, and authenticates requests with the credential type. It has
 * no database, no expirable credentials and no OAuth, which the package does not use.
 */
export class CredentialStore extends ICredentialsHelper {
	/** How long reading a credential takes, in ms. */
	readDelayMs = 0;

	private readonly findType: (name: string) => ICredentialType | undefined;
	private readonly nodeTypes: INodeTypes;
	private readonly stored = new Map<string, ICredentialDataDecryptedObject>();
	private readonly reads: string[] = [];

	constructor(findType: (name: string) => ICredentialType | undefined, nodeTypes: INodeTypes) {
		super();
		this.findType = findType;
		this.nodeTypes = nodeTypes;
	}

	/**
	 * Stores a credential, or replaces it.
	 *
	 * @param type its type, e.g. `rsomPayApi`
	 * @param data the fields that a user has filled in
	 * @param id its ID
	 * @returns the value of `credentials` for a node that uses it
	 */
	save(type: string, data: ICredentialDataDecryptedObject, id: string): INodeCredentials {
		this.stored.set(id, data);
		return { [type]: { id, name: id } };
	}

	/** How often a credential has been read and decrypted. */
	readCount(id: string): number {
		return this.reads.filter((read) => read === id).length;
	}

	async getDecrypted(
		additionalData: IWorkflowExecuteAdditionalData,
		{ id, name }: INodeCredentialsDetails,
		type: string,
		mode: WorkflowExecuteMode,
		executeData?: IExecuteData,
		raw?: boolean,
		expressionResolveValues?: ICredentialsExpressionResolveValues,
	): Promise<ICredentialDataDecryptedObject> {
		const data = this.stored.get(id ?? '');
		if (!data) throw new Error(`There is no credential ${name}`);
		this.reads.push(id ?? '');
		await wait(this.readDelayMs);
		if (raw === true) return data;

		const withDefaults = NodeHelpers.getNodeParameters(
			this.getCredentialsProperties(type),
			z.custom<INode['parameters']>().parse(data),
			true,
			false,
			null,
			null,
		);
		const keys = getAdditionalKeys(additionalData, mode, null, { isCredential: true });
		if (expressionResolveValues) {
			const { workflow, runExecutionData, runIndex, itemIndex, node, connectionInputData } =
				expressionResolveValues;
			return dataSchema.parse(
				workflow.expression.getParameterValue(
					withDefaults ?? {},
					runExecutionData,
					runIndex,
					itemIndex,
					node.name,
					connectionInputData,
					mode,
					keys,
					executeData,
					false,
					data,
				),
			);
		}
		const workflow = new Workflow({
			nodes: [MOCK_NODE],
			connections: {},
			active: false,
			nodeTypes: this.nodeTypes,
		});
		return await workflow.expression.withIsolate(
			async () =>
				await Promise.resolve(
					dataSchema.parse(
						workflow.expression.getComplexParameterValue(
							MOCK_NODE,
							withDefaults ?? {},
							mode,
							keys,
							undefined,
							undefined,
							data,
						),
					),
				),
		);
	}

	async authenticate(
		credentials: ICredentialDataDecryptedObject,
		typeName: string,
		requestOptions: IHttpRequestOptions,
		workflow?: Workflow,
		node?: INode,
	): Promise<IHttpRequestOptions> {
		const { authenticate } = this.getType(typeName);
		if (!authenticate) return requestOptions;
		if (typeof authenticate === 'function') return await authenticate(credentials, requestOptions);
		if (!workflow || !node) throw new Error('Workflow and node are required');

		const resolve = (value: string) => {
			if (!isExpression(value)) return value;
			const keys = { $credentials: credentials };
			const resolved = workflow.expression.getSimpleParameterValue(node, value, 'internal', keys);
			return String(resolved ?? '');
		};
		const parts = Object.entries(authenticate.properties).map(
			([part, values]): [string, object] => [
				part,
				{
					...requestPartSchema.parse(Reflect.get(requestOptions, part)),
					...Object.fromEntries(
						Object.entries(textsSchema.parse(values)).map(([key, value]) => [
							resolve(key),
							resolve(value),
						]),
					),
				},
			],
		);
		return Object.assign(requestOptions, Object.fromEntries(parts));
	}

	getParentTypes(): string[] {
		return [];
	}

	isCredentialUsableByNode(): boolean {
		return true;
	}

	async preAuthentication(): Promise<undefined> {
		await Promise.resolve();
	}

	async runPreAuthentication(): Promise<undefined> {
		await Promise.resolve();
	}

	getCredentialsProperties(type: string): INodeProperties[] {
		return this.getType(type).properties;
	}

	async getCredentials(): Promise<ICredentials> {
		return await Promise.reject(new Error('The tests have no encrypted credentials.'));
	}

	async updateCredentials(): Promise<void> {
		await Promise.reject(new Error('No credential of the package updates itself.'));
	}

	async updateCredentialsOauthTokenData(): Promise<void> {
		await Promise.reject(new Error('No credential of the package uses OAuth.'));
	}

	private getType(name: string): ICredentialType {
		const type = this.findType(name);
		if (!type) throw new Error(`Unknown credential type ${name}`);
		return type;
	}
}

const dataSchema = z.custom<ICredentialDataDecryptedObject>(
	(value) => typeof value === 'object' && value !== null,
);
