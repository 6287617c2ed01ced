/** The simulated Moyasar, on the same server as RsomPay. */
import type { FastifyInstance } from 'fastify';
import { Faults } from '../shared/faults.mts';
import { seededIds } from '../shared/ids.mts';
import { RequestLog } from '../shared/request-log.mts';
import { addApi, MOYASAR_PATH, type ApiContext } from './api.mts';
import { Arrivals } from './arrivals.mts';
import { addControl } from './control-routes.mts';
import { createControl } from './control.mts';
import { Ledger } from './ledger.mts';
import { DEFAULT_SETTINGS } from './settings.mts';
import type { Moyasar } from './types.mts';

/**
 * Adds Moyasar's API and its control to a server.
 *
 * @param options.closing aborted when the simulator closes
 * @returns a function from the server's origin to the Moyasar side of the simulator
 */
export function addMoyasar(
	server: FastifyInstance,
	options: { seed: number; now: () => Date; closing: AbortSignal },
): (origin: string) => Moyasar {
	const keyIds = seededIds(options.seed, 'moyasar-keys');
	const ledger = new Ledger(options);
	const context: ApiContext = {
		ledger,
		arrivals: new Arrivals(ledger),
		settings: { ...DEFAULT_SETTINGS },
		keys: {
			secret: `sk_test_${keyIds.hex(40)}`,
			publishable: `pk_test_${keyIds.hex(40)}`,
			unauthorized: `sk_test_${keyIds.hex(40)}`,
		},
		faults: new Faults(),
		log: new RequestLog(),
		now: options.now,
		closing: options.closing,
	};
	const control = createControl(context);
	addApi(server, context);
	addControl(server, control);
	return (origin) => ({ baseUrl: origin + MOYASAR_PATH, keys: context.keys, control });
}
