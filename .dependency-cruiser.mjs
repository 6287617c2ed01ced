// Which way imports go, type imports included. `npm run lint:imports` checks it.

const SHIPPED = '^(index\\.ts$|nodes/|credentials/)';

/** Forbids imports of `to` in `from`. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Forbids a folder of a service to import the folders above it, and the nodes. */
const layer = (service, folder, above, comment) =>
	forbid(
		`${service}-${folder}-imports-nothing-above-it`.toLowerCase(),
		comment,
		{ path: `^nodes/${service}/${folder}/` },
		{ path: `^nodes/${service}/((${above})/|[^/]+\\.node\\.ts$)` },
	);

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
	forbidden: [
		forbid(
			'no-circular-imports',
			'Modules of a circle can only be read, tested and changed together, and load in an order that depends on which comes first.',
			{ path: SHIPPED },
			{ circular: true },
		),
		forbid(
			'shared-imports-no-service',
			'nodes/shared is what both packages are built from: it must not bring a service into the other package.',
			{ path: '^nodes/shared/' },
			{ path: '^(index\\.ts$|credentials/|nodes/(?!shared/))' },
		),
		forbid(
			'no-service-imports-another',
			'Each service is a package of its own, and n8n verifies one service a package.',
			{ path: '^nodes/(?!shared/)([^/]+)/' },
			{ path: '^(nodes|credentials)/', pathNot: '^nodes/(shared|$1)/' },
		),
		forbid(
			'no-credential-imports-another-service',
			'The credential is in the package of its service.',
			{ path: '^credentials/([A-Za-z]+)Api\\.' },
			{ path: '^(nodes|credentials)/', pathNot: '^nodes/(shared|$1)/' },
		),
		forbid(
			'public-surface-is-rsompay',
			'index.ts is the public surface of n8n-nodes-rsompay.',
			{ path: '^index\\.ts$' },
			{ path: '^(nodes|credentials)/', pathNot: '^(nodes/RsomPay/|credentials/RsomPayApi\\.)' },
		),
		layer(
			'RsomPay',
			'api',
			'resources|wait|webhook|customerReturn',
			'The client knows the API and nothing of what n8n makes of it.',
		),
		layer(
			'RsomPay',
			'webhook',
			'resources|wait|customerReturn',
			'Waits and returning customers build on verified webhooks, not the other way round.',
		),
		layer(
			'RsomPay',
			'customerReturn',
			'resources|wait',
			'A wait also handles a returning customer; a trigger that handles one has no wait.',
		),
		layer('RsomPay', 'wait', 'resources', 'Operations start a wait; a wait knows no operation.'),
		layer('RsomPay', 'resources', 'none', 'A node is built from its resources.'),
		layer(
			'Moyasar',
			'api',
			'resources|trigger',
			"The client knows the API and nothing of n8n's panels.",
		),
		layer('Moyasar', 'resources', 'trigger', 'The trigger shows fields of the resources.'),
		layer('Moyasar', 'trigger', 'none', 'A node is built from its trigger.'),
		forbid(
			'shipped-code-imports-shipped-code',
			'What runs on a developer’s machine is not in the package.',
			{ path: SHIPPED },
			{ dependencyTypes: ['local'], pathNot: '^(nodes|credentials)/' },
		),
		forbid(
			'shipped-code-imports-what-n8n-has',
			'A package without dependencies is what n8n verifies: these are resolved from n8n itself.',
			{ path: SHIPPED },
			{
				dependencyTypesNot: ['local'],
				pathNot: '^(node:)?crypto$|(^|/)node_modules/(n8n-workflow|zod|p-limit)/',
			},
		),
		forbid(
			'simulator-imports-nothing-of-nodes',
			'A simulator that shares code with the nodes shares their mistakes, and the tests miss them.',
			{ path: '^simulator/' },
			{ path: SHIPPED },
		),
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsConfig: { fileName: 'tsconfig.json' },
		tsPreCompilationDeps: true,
	},
};
