import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launch } from '../../../harness/chromium.mts';

/** A page as a customer sees it. */
export interface VisiblePage {
	/** The HTTP status of the response. */
	status: number;
	/** The URL in the address bar. */
	url: string;
	/** Empty if the page has none. */
	heading: string;
	/** The visible text, including the heading. */
	text: string;
	/** The text direction that the browser computes: `ltr` or `rtl`. */
	direction: string;
	language: string;
}

/** A customer with a browser of their own: no cookies, no cache. */
export interface Customer {
	readonly page: Page;
	/** The URL of every request that the browser has sent, oldest first. */
	readonly requests: readonly string[];
	/** Opens a URL. */
	visit(url: string): Promise<VisiblePage>;
	/** Presses a button or a link, and returns the page after all redirects. */
	press(name: string): Promise<VisiblePage>;
	/** Opens a payment page and presses one of its buttons. */
	pay(paymentUrl: string, button: string): Promise<VisiblePage>;
}

/** A real browser, for the tests of one file. */
export interface CustomerBrowser {
	/** Opens the browser for another customer; it closes after the test. */
	open(options?: BrowserContextOptions): Promise<Customer>;
}

/** Starts a browser before the tests of a file and closes it after them. */
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

function customerOf(page: Page): Customer {
	const requests: string[] = [];
	page.on('request', (request) => requests.push(request.url()));

	/** Does something that makes the browser leave the page, and waits for the page after all redirects. */
	const follow = async (leave: () => Promise<unknown>): Promise<VisiblePage> => {
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
