import { run } from '../../../harness/n8n/run.mts';

const node = process.execPath;

test('returns what a command prints, and adds the environment', async () => {
	const lines: string[] = [];
	const script = 'console.log(process.env.GREETING); console.error("on stderr")';
	const options = { env: { GREETING: 'hello' }, onLine: (line: string) => lines.push(line) };
	expect(await run(node, ['-e', script], '.', options)).toBe('hello');
	expect(lines.sort()).toStrictEqual(['hello', 'on stderr']);
});

test('the error says what was printed last', async () => {
	const script = 'console.error("no network"); process.exit(3)';
	await expect(run(node, ['-e', script], '.')).rejects.toThrow(/exited with 3:\nno network/);
});

test('a signal ends the command and what it has started', async () => {
	const stop = new AbortController();
	// The grandchild has the same stdout, and run() waits until nobody has it any more.
	const grandchild = 'setInterval(() => {}, 1000)';
	const script = `require('child_process').spawn(process.execPath, ['-e', '${grandchild}'], { stdio: 'inherit' }).once('spawn', () => console.log('started')); setInterval(() => {}, 1000)`;
	const onLine = () => stop.abort(new Error('stopped'));
	await expect(run(node, ['-e', script], '.', { onLine, signal: stop.signal })).rejects.toThrow(
		'stopped',
	);
	await expect(run(node, ['-e', ''], '.', { signal: stop.signal })).rejects.toThrow('stopped');
});
