import {
	SecretsCache,
	type SigningSecrets,
	signingSecretsOf,
} from '../../../../../nodes/RsomPay/webhook/signingSecrets.ts';
import { settle } from '../../../support.mts';

describe('signingSecretsOf', () => {
	const credential = {
		environment: 'production',
		apiToken: 'token',
		signingSecret: 'current',
		previousSigningSecret: 'previous',
		signatureAlgorithm: 'sha512',
	};

	test('takes the current secret, then the previous one', () => {
		expect(signingSecretsOf(credential)).toStrictEqual({
			secrets: ['current', 'previous'],
			algorithm: 'sha512',
		});
	});

	test.each<[Record<string, unknown>, string[]]>([
		[{ previousSigningSecret: '' }, ['current']],
		[{ previousSigningSecret: undefined }, ['current']],
		[{ previousSigningSecret: '  ' }, ['current']],
		[{ signingSecret: ' current\n' }, ['current', 'previous']],
		[{ signingSecret: '' }, []],
		[{ signingSecret: ' ' }, []],
		[{ signingSecret: undefined }, []],
		[{ signingSecret: null }, []],
		[{ signingSecret: 5 }, []],
	])('with %j, takes %j', (changes, secrets) => {
		expect(signingSecretsOf({ ...credential, ...changes }).secrets).toStrictEqual(secrets);
	});

	test.each([[undefined], [''], ['md5'], [null]])(
		'with the algorithm %j, takes SHA-256',
		(algorithm) => {
			const { algorithm: taken } = signingSecretsOf({
				...credential,
				signatureAlgorithm: algorithm,
			});

			expect(taken).toBe('sha256');
		},
	);

	test.each([[undefined], [null], ['text']])('throws where there is no credential: %j', (value) => {
		expect(() => signingSecretsOf(value)).toThrow();
	});
});

describe('SecretsCache', () => {
	let now = 0;
	let current = '';
	let reads = 0;

	const read = async (): Promise<SigningSecrets> => {
		reads++;
		await Promise.resolve();
		if (current === 'fails') throw new Error('could not be read');
		return { secrets: [current], algorithm: 'sha256' };
	};

	const create = () => new SecretsCache(() => now);

	beforeEach(() => {
		[now, current, reads] = [1_000_000, 'one', 0];
	});

	const secretOf = async (secrets: Promise<SigningSecrets>) => (await secrets).secrets[0];

	test('keeps the secrets of a credential for a minute', async () => {
		const cache = create();
		await cache.get('id', read);
		current = 'two';
		now += 59_999;
		expect(await secretOf(cache.get('id', read))).toBe('one');
		expect(reads).toBe(1);

		now += 1;
		expect(await secretOf(cache.get('id', read))).toBe('two');
		expect(reads).toBe(2);
	});

	test('keeps them apart by credential', async () => {
		const cache = create();
		await cache.get('id', read);
		current = 'two';

		expect(await secretOf(cache.get('other', read))).toBe('two');
		expect(await secretOf(cache.get('id', read))).toBe('one');
	});

	test('reads them afresh at most once a second', async () => {
		const cache = create();
		await cache.get('id', read);
		current = 'two';
		now += 999;
		expect(await secretOf(cache.refresh('id', read))).toBe('one');

		now += 1;
		expect(await secretOf(cache.refresh('id', read))).toBe('two');
		for (let count = 0; count < 50; count++) await cache.refresh('id', read);
		expect(reads).toBe(2);
	});

	test('keeps what was read afresh', async () => {
		const cache = create();
		await cache.get('id', read);
		now += 30_000;
		current = 'two';
		await cache.refresh('id', read);
		now += 59_999;

		expect(await secretOf(cache.get('id', read))).toBe('two');
		expect(reads).toBe(2);
	});

	test('reads once for all who ask at the same time', async () => {
		const cache = create();
		const all = await Promise.all([
			...Array.from({ length: 20 }, () => cache.get('id', read)),
			...Array.from({ length: 20 }, () => cache.refresh('id', read)),
		]);

		expect(reads).toBe(1);
		expect(new Set(all).size).toBe(1);
	});

	test('does not keep what could not be read', async () => {
		const cache = create();
		current = 'fails';
		const all = await Promise.allSettled([cache.get('id', read), cache.get('id', read)]);
		expect(all.map(({ status }) => status)).toStrictEqual(['rejected', 'rejected']);
		expect(reads).toBe(1);

		current = 'two';
		expect(await secretOf(cache.get('id', read))).toBe('two');
		expect(reads).toBe(2);
	});

	test('does not fall back on what it knew when it cannot be read any more', async () => {
		const cache = create();
		await cache.get('id', read);
		now += 60_000;
		current = 'fails';

		await expect(cache.get('id', read)).rejects.toThrow('could not be read');
		await expect(cache.get('id', read)).rejects.toThrow('could not be read');
	});

	test('a reading that fails late does not undo a later one that did not', async () => {
		const cache = create();
		const late = Promise.withResolvers<SigningSecrets>();
		const first = expect(cache.get('id', () => late.promise)).rejects.toThrow('too late');
		now += 60_000;
		await cache.get('id', read);

		late.reject(new Error('too late'));
		await first;
		await settle();
		expect(await secretOf(cache.get('id', read))).toBe('one');
		expect(reads).toBe(1);
	});
});
