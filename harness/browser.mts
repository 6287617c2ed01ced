import axios from 'axios';
import { z } from 'zod';
import { until } from './n8n/until.mts';

const http = axios.create({ proxy: false, timeout: 30_000, responseType: 'text' });
const waitingSchema = z.object({ formWaitingUrl: z.string().url() });

/** The buttons of a payment page, by the value they submit. */
export type PaymentButton = 'card' | 'tamara' | 'fail' | 'cancel';

/**
 * Submits an n8n form and waits for its last page, as a browser does.
 * @param url the form's production URL.
 * @param values the values of the fields, by their labels.
 * @returns the heading of the last page.
 * @throws Error when the form has no field with such a label, or its workflow fails.
 */
export async function submitForm(url: string, values: Record<string, string>): Promise<string> {
	const page = (await http.get<string>(url)).data;
	const form = new FormData();
	for (const [label, value] of Object.entries(values)) {
		form.append(fieldOf(page, label), value);
	}
	const submitted = await http.post<string>(url, form);
	const { formWaitingUrl } = waitingSchema.parse(JSON.parse(submitted.data));
	const status = new URL(formWaitingUrl);
	status.pathname += '/n8n-execution-status';
	await until('the last page of the form', async () => {
		const { data } = await http.get<string>(status.href);
		if (['error', 'crashed', 'canceled'].includes(data)) {
			throw new Error('The form says: "Problem submitting response".');
		}
		return data === 'form-waiting' || undefined;
	});
	const lastPage = (await http.get<string>(formWaitingUrl)).data;
	// In a browser, a script of the last page resumes the workflow.
	await http.post(formWaitingUrl);
	return heading(lastPage);
}

/**
 * Opens a payment page and presses one of its buttons.
 * @returns the URL that the page redirects to; it is not opened.
 * @throws Error when the page has no such button.
 */
export async function press(paymentUrl: string, button: PaymentButton): Promise<string> {
	const page = (await http.get<string>(paymentUrl)).data;
	const action = /<form[^>]* action="([^"]*)"/.exec(page)?.[1];
	if (action === undefined || !page.includes(`name="action" value="${button}"`)) {
		throw new Error(`${paymentUrl} has no button "${button}".`);
	}
	const response = await http.post<string>(
		new URL(action, paymentUrl).href,
		new URLSearchParams({ action: button }),
		{ maxRedirects: 0, validateStatus: (status) => status === 303 },
	);
	return String(response.headers.location);
}

/**
 * Opens a page.
 * @returns its heading.
 * @throws Error when the response has an error status or no heading.
 */
export async function openPage(url: string): Promise<string> {
	return heading((await http.get<string>(url)).data);
}

function fieldOf(page: string, label: string): string {
	const labels = page.matchAll(/<label[^>]* for='(field-\d+)'>([^<]*)</g);
	for (const [, field, text] of labels) {
		if (field !== undefined && text?.trim() === label) return field;
	}
	throw new Error(`The form has no field "${label}".`);
}

function heading(page: string): string {
	const text = /<h1[^>]*>([^<]*)</.exec(page)?.[1];
	if (text === undefined) throw new Error(`This is not a page with a heading: ${page}`);
	return text.trim();
}
