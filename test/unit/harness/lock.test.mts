import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { lockSchema, reduceLock } from '../../../harness/n8n/lock.mts';
import { versions } from '../../../harness/n8n/versions.mts';

const lockOf = (packages: Record<string, unknown>) =>
	lockSchema.parse({ lockfileVersion: 3, packages: { '': { name: 'all' }, ...packages } });

test('keeps the package and what it depends on, in the versions that it would find', () => {
	const lock = lockOf({
		'node_modules/driver': {
			version: '5.1.7',
			dependencies: { tar: '^6', '@x/bindings': '^1' },
			optionalDependencies: { 'node-gyp': '8.x' },
		},
		'node_modules/driver/node_modules/tar': { version: '6.2.1', dependencies: { yallist: '^4' } },
		'node_modules/tar': { version: '7.5.0' },
		'node_modules/@x/bindings': { version: '1.5.0', integrity: 'sha512-x' },
		'node_modules/yallist': { version: '4.0.0' },
		'node_modules/n8n': { version: '2.0.0', dependencies: { driver: '5.1.7' } },
	});
	const root = { name: 'driver-alone', private: true, dependencies: { driver: '5.1.7' } };
	expect(reduceLock(lock, 'driver')).toStrictEqual({
		manifest: root,
		lock: {
			lockfileVersion: 3,
			name: 'driver-alone',
			packages: {
				'': root,
				'node_modules/driver': {
					version: '5.1.7',
					dependencies: { tar: '^6', '@x/bindings': '^1' },
				},
				'node_modules/driver/node_modules/tar': {
					version: '6.2.1',
					dependencies: { yallist: '^4' },
				},
				'node_modules/@x/bindings': { version: '1.5.0', integrity: 'sha512-x', dependencies: {} },
				'node_modules/yallist': { version: '4.0.0', dependencies: {} },
			},
		},
	});
});

test('a package that is not there is named', () => {
	expect(() => reduceLock(lockOf({}), 'sqlite3')).toThrow('has no package "sqlite3"');
	const broken = lockOf({
		'node_modules/sqlite3': { version: '1.0.0', dependencies: { tar: '*' } },
	});
	expect(() => reduceLock(broken, 'sqlite3')).toThrow('has no "tar" for node_modules/sqlite3');
});

test.each(versions.map(({ folder }) => folder))('finds the driver of the n8n in %s', (folder) => {
	const lock: unknown = JSON.parse(readFileSync(resolve(folder, 'package-lock.json'), 'utf8'));
	const { manifest, lock: reduced } = reduceLock(lockSchema.parse(lock), 'sqlite3');
	expect(manifest.dependencies).toStrictEqual({ sqlite3: '5.1.7' });
	const paths = Object.keys(reduced.packages);
	expect(paths).toContain('node_modules/prebuild-install');
	expect(paths).not.toContain('node_modules/n8n');
	expect(paths.length).toBeLessThan(100);
});
