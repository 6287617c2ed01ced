import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** What a customer sees. */
export interface Seen {
	/** The HTTP status that the page came with. */
	status: number;
	/** Where the browser is. */
	url: string;
	/** Empty where the page has none. */
	heading: string;
	/** Everything that can be read, the heading included. */
	text: string;
	/** Of the whole page, as the browser has worked it out: `ltr` or `rtl`. */
	direction: string;
	language: string;
}

/** A customer with a browser of their own: no cookies, no cache. */
export interface Customer {
	readonly page: Page;
	/** The address of every request that the browser has made, oldest first. */
	readonly requests: readonly string[];
	/** Opens an address. */
	visit(url: string): Promise<Seen>;
	/** Presses a button or follows a link, and gives the page at which that ends. */
	press(name: string): Promise<Seen>;
	/** Opens a payment page and presses a button of it. */
	pay(paymentUrl: string, button: string): Promise<Seen>;
}

/** A real browser, for the tests of one file. */
export interface CustomerBrowser {
	/** Opens it for another customer, until the end of the test. */
	open(options?: BrowserContextOptions): Promise<Customer>;
}

/** Starts Chromium before the tests of a file and closes it after them. */
export function useBrowser(): CustomerBrowser {
	const started = new AsyncDisposableStack();
	let browser: Browser;

	beforeAll(async () => {
		const running = await launch();
		started.defer(async () => await running.close());
		browser = running;
	});
	afterEach(async () => {
		await Promise.all(browser.contexts().map((context) => context.close()));
	});
	afterAll(async () => await started.disposeAsync());

	return {
		open: async (options) => {
			const context = await browser.newContext({ locale: 'en-US', ...options });
			return customerOf(await context.newPage());
		},
	};
}

/** Debian's; another one can be named by the environment. */
const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

async function launch(): Promise<Browser> {
	if (!existsSync(executablePath)) {
		throw new Error(
			`There is no browser at ${executablePath}, and the tests need Chromium. Install it ("apt-get install chromium" on Debian and Ubuntu), or set the environment variable CHROMIUM to where it is.`,
		);
	}
	return await chromium.launch({
		executablePath,
		// Whatever a page or the browser itself might want from elsewhere is not to be had.
		args: ['--no-proxy-server', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
	});
}

function customerOf(page: Page): Customer {
	const requests: string[] = [];
	page.on('request', (request) => requests.push(request.url()));

	/** Does something that makes the browser leave the page, and waits for where it ends up. */
	const follow = async (leave: () => Promise<unknown>): Promise<Seen> => {
		const [response] = await Promise.all([
			page.waitForResponse(
				(candidate) =>
					candidate.request().isNavigationRequest() &&
					(candidate.status() < 300 || candidate.status() >= 400),
			),
			leave(),
		]);
		await page.waitForURL(({ href }) => href.replace(/#.*/, '') === response.url());
		const html = page.locator('html');
		return {
			status: response.status(),
			url: page.url(),
			heading: (await page.locator('h1').allInnerTexts()).join(),
			text: await page.locator('body').innerText(),
			direction: await html.evaluate((element) => getComputedStyle(element).direction),
			language: (await html.getAttribute('lang')) ?? '',
		};
	};

	const customer: Customer = {
		page,
		requests,
		visit: async (url) => await follow(async () => await page.goto(url)),
		press: async (name) =>
			await follow(async () => {
				const options = { name, exact: true };
				await page.getByRole('button', options).or(page.getByRole('link', options)).click();
			}),
		pay: async (paymentUrl, button) => {
			await customer.visit(paymentUrl);
			return await customer.press(button);
		},
	};
	return customer;
}
