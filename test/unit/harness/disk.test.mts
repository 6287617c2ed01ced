import { tmpdir } from 'node:os';
import { formatBytes } from '../../../harness/format.mts';
import { checkSpace } from '../../../harness/n8n/install.mts';

test('bytes are shown in the unit that fits', () => {
	expect([2.44e9, 15.2e6, 2_100, 0].map(formatBytes)).toStrictEqual([
		'2.4 GB',
		'15 MB',
		'3 kB',
		'0 kB',
	]);
});

test('too little space is an error with both numbers', async () => {
	await checkSpace(tmpdir(), 1);
	await expect(checkSpace(tmpdir(), 1e18)).rejects.toThrow(
		/n8n needs 1000000000\.0 GB of disk space .* has [\d.]+ GB free/,
	);
});
