import { z } from 'zod';

const packageSchema = z
	.object({
		/** The root has none. */
		version: z.string().default(''),
		dependencies: z.record(z.string()).default({}),
	})
	.passthrough();

/** A package-lock.json: its packages by their folders, the root included. */
export const lockSchema = z.object({ packages: z.record(packageSchema) }).passthrough();
export type Lock = z.output<typeof lockSchema>;

/** What the reduced lock leaves out. */
const OTHERS = ['optionalDependencies', 'peerDependencies', 'peerDependenciesMeta'];

/**
 * Reduces a lock to one package and what it depends on, without optional and peer dependencies.
 * @param name a package in the top folder.
 * @returns the package.json and the package-lock.json that install the same versions.
 * @throws Error when the lock has no such package.
 */
export function reduceLock({ packages, ...lock }: Lock, name: string) {
	const top = packages[`node_modules/${name}`];
	if (top === undefined) throw new Error(`package-lock.json has no package "${name}".`);
	const paths = new Set([`node_modules/${name}`]);
	for (const path of paths) {
		for (const dependency of Object.keys(packages[path]?.dependencies ?? {})) {
			paths.add(resolveFrom(path, dependency, packages));
		}
	}
	const root = { name: `${name}-alone`, private: true, dependencies: { [name]: top.version } };
	return {
		manifest: root,
		lock: {
			...lock,
			name: root.name,
			packages: {
				'': root,
				...Object.fromEntries(
					[...paths].map((path) => [path, withoutOthers(packages[path] ?? {})]),
				),
			},
		},
	};
}

/** npm rejects a lock in which a package has a dependency that is not there, even an optional one. */
function withoutOthers(entry: object) {
	return Object.fromEntries(Object.entries(entry).filter(([key]) => !OTHERS.includes(key)));
}

/** Finds a package as Node.js does: in the node_modules of the folder, then of each folder above it. */
function resolveFrom(path: string, name: string, packages: Lock['packages']): string {
	for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('node_modules/'))) {
		const candidate = `${folder.replace(/\/$/, '')}/node_modules/${name}`.replace(/^\//, '');
		if (candidate in packages) return candidate;
		if (folder === '') throw new Error(`package-lock.json has no "${name}" for ${path}.`);
	}
}
