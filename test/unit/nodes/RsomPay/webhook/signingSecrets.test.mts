import {
	SecretsCache,
	type SigningSecrets,
	signingSecretsOf,
} from '../../../../../nodes/RsomPay/webhook/signingSecrets.ts';
import { keysKeptBy, settle } from '../../../support.mts';

describe('signingSecretsOf', () => {
	const credential = {
		environment: 'production',
		apiToken: 'token',
		signingSecret: 'current',
		previousSigningSecret: 'previous',
		signatureAlgorithm: 'sha512',
	};

	test('reads the current secret, then the previous one', () => {
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
	])('with %j, reads the secrets %j', (changes, secrets) => {
		expect(signingSecretsOf({ ...credential, ...changes }).secrets).toStrictEqual(secrets);
	});

	test.each([[undefined], [''], ['md5'], [null]])(
		'with the algorithm %j, falls back to SHA-256',
		(algorithm) => {
			const { algorithm: read } = signingSecretsOf({
				...credential,
				signatureAlgorithm: algorithm,
			});

			expect(read).toBe('sha256');
		},
	);

	test.each([[undefined], [null], ['text']])(
		'throws for a value that is no credential: %j',
		(value) => {
			expect(() => signingSecretsOf(value)).toThrow();
		},
	);
});

describe('SecretsCache', () => {
	let now = 0;
	/** The secret in the credential, or 'fails' for one that cannot be read. */
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

	test('caches the secrets of a credential for a minute', async () => {
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

	test('reads the secrets again when the clock was set back', async () => {
		const cache = create();
		await cache.get('id', read);
		current = 'two';
		now -= 3_600_000;

		expect(await secretOf(cache.get('id', read))).toBe('two');
	});

	test('caches each credential apart', async () => {
		const cache = create();
		await cache.get('id', read);
		current = 'two';

		expect(await secretOf(cache.get('other', read))).toBe('two');
		expect(await secretOf(cache.get('id', read))).toBe('one');
	});

	test('refreshes at most once a second', async () => {
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

	test('caches refreshed secrets for a minute', async () => {
		const cache = create();
		await cache.get('id', read);
		now += 30_000;
		current = 'two';
		await cache.refresh('id', read);
		now += 59_999;

		expect(await secretOf(cache.get('id', read))).toBe('two');
		expect(reads).toBe(2);
	});

	test('reads once for calls at the same time', async () => {
		const cache = create();
		const all = await Promise.all([
			...Array.from({ length: 20 }, () => cache.get('id', read)),
			...Array.from({ length: 20 }, () => cache.refresh('id', read)),
		]);

		expect(reads).toBe(1);
		expect(new Set(all).size).toBe(1);
	});

	test('does not cache a failed read', async () => {
		const cache = create();
		current = 'fails';
		const all = await Promise.allSettled([cache.get('id', read), cache.get('id', read)]);
		expect(all.map(({ status }) => status)).toStrictEqual(['rejected', 'rejected']);
		expect(reads).toBe(1);

		current = 'two';
		expect(await secretOf(cache.get('id', read))).toBe('two');
		expect(reads).toBe(2);
	});

	test('does not fall back to expired secrets when a read fails', async () => {
		const cache = create();
		await cache.get('id', read);
		now += 60_000;
		current = 'fails';

		await expect(cache.get('id', read)).rejects.toThrow('could not be read');
		await expect(cache.get('id', read)).rejects.toThrow('could not be read');
	});

	test('a read that fails late does not remove the result of a later one', async () => {
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

	test('deletes the secrets of every credential after a minute, on a call for any', async () => {
		const cache = create();
		await cache.get('id', read);
		await cache.get('other', read);
		now += 30_000;
		await cache.refresh('other', read);
		now += 30_000;
		await cache.get('new', read);

		expect(keysKeptBy(cache)).toStrictEqual(['other', 'new']);
	});

	test('caches the secrets of 1,000 credentials at most', async () => {
		const cache = create();
		for (let id = 1; id <= 1_000; id++) await cache.get(String(id), read);
		now += 1_000;
		await cache.refresh('1', read);
		await cache.get('1001', read);

		expect(keysKeptBy(cache)).toHaveLength(1_000);
		expect(keysKeptBy(cache)).not.toContain('2');
		expect(keysKeptBy(cache)).toContain('1');
	});
});
