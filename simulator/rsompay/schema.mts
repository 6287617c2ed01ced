/**
 * The field rules of the guide ("POST /invoices", "GET /transactions"), strictly: a number is a
 * JSON number, an optional field is absent rather than null.
 */
import { z } from 'zod';
import { isPublicHost } from '../shared/public-url.mts';
import type { Rule } from './messages.mts';

/** An invalid field: its key as in `items.0.unit_price`, and the rule it violates. */
export type Violation = { field: string; rule: Rule; limit?: number };

type RuleParams = { rule: Rule; limit?: number };

const rule = (name: Rule, limit?: number): { params: RuleParams } => ({
	params: { rule: name, limit },
});

/** Length is counted in characters, not in UTF-16 units. */
const text = (limit: number) =>
	z.string().refine((value) => Array.from(value).length <= limit, rule('max_length', limit));

const requiredText = (limit: number) =>
	text(limit).refine((value) => value.trim() !== '', rule('required'));

const date = z
	.string()
	.refine((value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isCalendarDay(value), rule('date'));

function isCalendarDay(value: string): boolean {
	const day = new Date(`${value}T00:00:00Z`);
	return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
}

const emailAddress = z.string().email();
const email = text(255).refine((value) => emailAddress.safeParse(value).success, rule('email'));

const url = (allowPrivate: boolean) =>
	text(2048).superRefine((value, context) => {
		const reject = (name: Rule) => context.addIssue({ code: z.ZodIssueCode.custom, ...rule(name) });
		const parsed = URL.parse(value);
		if (value.trim() === '') reject('required');
		else if (parsed === null || !/^https?:$/.test(parsed.protocol)) reject('url');
		else if (allowPrivate) return;
		else if (parsed.protocol !== 'https:') reject('https');
		else if (!isPublicHost(parsed)) reject('public');
	});

const number = z.number().finite();

const itemSchema = z.object({
	description: requiredText(255),
	quantity: number.min(0.001).default(1),
	unit_price: number.min(0.01),
	discount_amount: number.min(0).default(0),
	tax_rate: number.default(0),
	item_type: text(32).optional(),
	reference_id: text(128).optional(),
});

const invoiceSchemaFor = (allowPrivateUrls: boolean) =>
	z.object({
		external_id: requiredText(255),
		notification_url: url(allowPrivateUrls),
		return_url: url(allowPrivateUrls),
		customer: z.object({
			fullname: requiredText(255),
			id: requiredText(255),
			email: email.optional(),
			phone: text(32).optional(),
		}),
		items: z.array(itemSchema).min(1),
		currency_code: requiredText(8).default('SAR'),
		due_date: date.optional(),
		issued_date: date.optional(),
		notes: text(2000).optional(),
	});

const anyUrl = invoiceSchemaFor(true);
const publicUrl = invoiceSchemaFor(false);

/** Body of POST /invoices; unless `allowPrivateUrls`, its URLs must be public HTTPS. */
export function invoiceSchema(allowPrivateUrls: boolean): typeof anyUrl {
	return allowPrivateUrls ? anyUrl : publicUrl;
}

/** A valid body of POST /invoices, with defaults. */
export type InvoiceRequest = z.output<typeof anyUrl>;

/** A body of POST /invoices as sent, without defaults. */
export type InvoiceRequestInput = z.input<typeof anyUrl>;

const wholeNumber = (fallback: number) =>
	z
		.string()
		.default(String(fallback))
		.refine((value) => /^-?\d{1,9}$/.test(value), rule('integer'))
		.transform(Number);

/** Query of GET /transactions. */
export const transactionsQuerySchema = z.object({
	customer_id: requiredText(255),
	page: wholeNumber(1).pipe(z.number().min(1)),
	per_page: wholeNumber(20).pipe(z.number().min(1).max(100)),
});

/** The invalid fields of a failed parse. */
export function violations(error: z.ZodError): Violation[] {
	return error.issues.map((issue) => ({ field: issue.path.join('.'), ...ruleOf(issue) }));
}

const ruleParamsSchema: z.ZodType<RuleParams> = z.object({
	rule: z.custom<Rule>((value) => typeof value === 'string'),
	limit: z.number().optional(),
});

function ruleOf(issue: z.ZodIssue): RuleParams {
	switch (issue.code) {
		case 'invalid_type':
			return { rule: issue.received === 'undefined' ? 'required' : typeRule(issue.expected) };
		case 'too_small':
			return issue.type === 'array'
				? { rule: 'required' }
				: { rule: 'min', limit: Number(issue.minimum) };
		case 'too_big':
			return { rule: 'max', limit: Number(issue.maximum) };
		case 'not_finite':
			return { rule: 'number' };
		case 'custom':
			return ruleParamsSchema.parse(issue.params);
		default:
			throw new Error(`No rule for ${issue.code}`);
	}
}

function typeRule(expected: z.ZodParsedType): Rule {
	switch (expected) {
		case 'string':
		case 'number':
		case 'array':
		case 'object':
			return expected;
		default:
			throw new Error(`No rule for type ${expected}`);
	}
}
