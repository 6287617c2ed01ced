import { explain } from '../../../harness/n8n/driver.mts';

test('names what is missing, and how to install it', () => {
	const text = explain('linux', (program) => program === 'python3');
	expect(text).toContain('Missing here: make, a C++ compiler.');
	expect(text).toContain('apt-get install python3 make g++');
	expect(text).toContain('dnf install python3 make gcc-c++');
});

test('any C++ compiler will do, and nothing is missing where all are there', () => {
	const text = explain('darwin', (program) => ['python3', 'make', 'clang++'].includes(program));
	expect(text).not.toContain('Missing here');
	expect(text).toContain('xcode-select --install');
});

test('on Windows it asks for the build tools, not for make', () => {
	const text = explain('win32', () => false);
	expect(text).toContain('Missing here: Python 3.');
	expect(text).toContain('winget install');
});
