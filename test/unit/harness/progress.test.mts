import { InstallationProgress } from '../../../harness/n8n/progress.mts';

const read = (name: string) =>
	`npm http fetch GET 200 https://registry.npmjs.org/${name} 1ms (cache miss)`;

test('reading comes first, installing takes longer', () => {
	const progress = new InstallationProgress(2);
	const shares = [progress.share];
	for (const line of [read('a'), read('b')]) {
		progress.add(line);
		shares.push(progress.share);
	}
	for (progress.installed = 1; progress.installed <= 2; progress.installed += 1) {
		shares.push(progress.share);
	}
	expect(shares.map((share) => share.toFixed(2))).toStrictEqual([
		'0.00',
		'0.10',
		'0.20',
		'0.60',
		'1.00',
	]);
});

test('other lines count for nothing, and it is never beyond the end', () => {
	const progress = new InstallationProgress(1);
	progress.add(
		'npm http fetch GET 200 https://registry.npmjs.org/a/-/a-1.0.0.tgz 1ms (cache miss)',
	);
	progress.add('npm http cache a@https://registry.npmjs.org/a/-/a-1.0.0.tgz 0ms (cache hit)');
	progress.add('npm warn deprecated a@1.0.0');
	progress.add('npm http fetch GET 404 https://registry.npmjs.org/a 1ms (cache skip)');
	expect(progress.share).toBe(0);
	for (const name of ['a', 'b', 'c']) progress.add(read(name));
	expect(progress.share).toBe(0.2);
	progress.installed = 3;
	expect(progress.share).toBe(1);
});

test('the rest is estimated from what the first part took', () => {
	const progress = new InstallationProgress(4, 0);
	expect(progress.describe(5_000)).toBe('0 %, 5 s so far');
	progress.installed = 2;
	// 60 % in 126 s: 84 s are left.
	expect(progress.describe(126_000)).toBe('60 %, 2.1 minutes so far, about 1.4 minutes left');
	expect(progress.describe(12_600)).toBe('60 %, 13 s so far, about 8 s left');
});
