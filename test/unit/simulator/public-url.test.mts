import { isPublicHost } from '../../../simulator/shared/public-url.mts';

describe('isPublicHost', () => {
	test.each([
		'https://partner.example.com',
		'https://93.184.216.34',
		'https://172.32.0.1',
		'https://[2606:4700::1]',
		'https://partner.example.com.',
	])('accepts %s', (url) => {
		expect(isPublicHost(new URL(url))).toBe(true);
	});

	test.each([
		'https://localhost',
		'https://app.localhost',
		'https://intranet',
		'https://printer.local',
		'https://127.0.0.1',
		'https://2130706433',
		'https://0x7f.1',
		'https://10.1.2.3',
		'https://172.16.0.1',
		'https://192.168.1.1',
		'https://169.254.169.254',
		'https://100.64.0.1',
		'https://0.0.0.0',
		'https://[::1]',
		'https://[::]',
		'https://[fd00::1]',
		'https://[fe80::1]',
		'https://[::ffff:127.0.0.1]',
	])('rejects %s', (url) => {
		expect(isPublicHost(new URL(url))).toBe(false);
	});
});
