import type { RequestFault } from '../shared/faults.mts';
import type { ApiContext } from './api.mts';
import { FIREWALL_PAGE } from './firewall.mts';
import { DEFAULT_SETTINGS } from './settings.mts';
import type { MoyasarControl, MoyasarFault } from './types.mts';

/** The operations that drive the simulated Moyasar. */
export function createControl(context: ApiContext): MoyasarControl {
	const { ledger, arrivals, settings, faults, log } = context;
	return {
		addPayment: (changes) => ledger.add(changes),
		seedPayments: (options) => ledger.seed(options),
		updatePayment: (id, changes) => ledger.update(id, changes),
		removePayment: (id) => ledger.remove(id),
		payments: () => ledger.all(),
		arriveBefore: (arrival) => arrivals.schedule(arrival),
		injectFault: (fault) => faults.inject(asRequestFault(fault)),
		clearFaults: () => faults.clear(),
		requests: () => log.requests(),
		configure: (changes) => void Object.assign(settings, changes),
		reset: () => {
			Object.assign(settings, DEFAULT_SETTINGS);
			ledger.clear();
			arrivals.clear();
			faults.clear();
			log.reset();
		},
	};
}

function asRequestFault(fault: MoyasarFault): RequestFault {
	return fault.kind === 'firewall'
		? { kind: 'status', status: 403, body: FIREWALL_PAGE, match: fault.match }
		: fault;
}
