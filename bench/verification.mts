import { createHmac, timingSafeEqual } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Package from '../index.ts';
import { signBody } from '../simulator/index.mts';
import { exampleBody } from './exampleBody.mts';
import { alternate, type Comparison, median, OURS } from './measure.mts';

// The built package; its types come from its source, so type checking needs no build.
const { verifySignature } = createRequire(import.meta.url)('../dist/index.js') as typeof Package;

const SECRET = 'a-signing-secret-of-the-benchmark';

const CALLS = 20_000;

/** Compares our verification with the two calls that every verification needs. */
export async function measureVerification(): Promise<Comparison> {
	const rawBody = Buffer.from(exampleBody('550e8400-e29b-41d4-a716-446655440000'));
	const header = signBody(rawBody.toString(), SECRET);
	const secrets = [SECRET];
	const times = await alternate(31, {
		ours: time(() => verifySignature({ rawBody, header, secrets }).verified),
		bare: time(() =>
			timingSafeEqual(
				createHmac('sha256', SECRET).update(rawBody).digest(),
				Buffer.from(header, 'hex'),
			),
		),
	});
	const [ours, bare] = [median(times.ours), median(times.bare)];
	return {
		what: `verifying the signature of a body of ${rawBody.length} bytes, compared with a bare HMAC`,
		measured: `${ours.toFixed(2)} µs, bare ${bare.toFixed(2)} µs`,
		ratio: ours / bare,
		limit: { atMost: 1.2 },
		bars: {
			title: `Verifying a body of ${rawBody.length} bytes, in µs`,
			lengths: { [OURS]: ours, 'a bare HMAC and comparison': bare },
		},
	};
}

/** @returns microseconds per call */
function time(verify: () => boolean): () => Promise<number> {
	return async () => {
		const start = process.hrtime.bigint();
		let verified = 0;
		for (let call = 0; call < CALLS; call++) if (verify()) verified++;
		const elapsed = Number(process.hrtime.bigint() - start);
		if (verified !== CALLS) throw new Error('A valid signature was rejected');
		return await Promise.resolve(elapsed / 1_000 / CALLS);
	};
}
