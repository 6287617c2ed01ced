import type {
	ILoadOptionsFunctions,
	INodeListSearchItems,
	INodeListSearchResult,
} from 'n8n-workflow';

import { dateTime } from '../../../shared/fieldSchemas';
import { asNodeError } from '../../../shared/nodeErrors';
import type { MoyasarClient } from '../../api/client';
import { connect } from '../../api/connect';
import type { Payment } from '../../api/schemas';
import { simplify } from '../../api/simplify';
import { isPaymentId } from './paymentId';

/** How many pages a search reads. Moyasar itself cannot search. */
const SEARCHED_PAGES = 5;

const REQUESTS = { concurrency: SEARCHED_PAGES, maxRetries: 1, timeoutMs: 15_000 };

/**
 * Lists payments for the editor, newest first: page by page, or those of the newest 200 that contain a
 * text. A whole payment ID finds any payment.
 *
 * @param filter what the user searches for
 * @param paginationToken the number of the next page
 * @throws NodeApiError or NodeOperationError
 */
export async function searchPayments(
	this: ILoadOptionsFunctions,
	filter = '',
	paginationToken = '1',
): Promise<INodeListSearchResult> {
	try {
		const { client } = await connect(this, REQUESTS);
		const zone = this.getTimezone();
		const sought = filter.trim().toLowerCase();
		if (sought === '') return await listPage(client, Number(paginationToken), zone);
		const payments = isPaymentId(sought)
			? (await client.listPayments({ id: sought }, 1)).records
			: await readNewest(client);
		return {
			results: payments
				.map((payment) => ({ payment, entry: toEntry(payment, zone) }))
				.filter(({ payment, entry }) => searchableText(payment, entry).includes(sought))
				.map(({ entry }) => entry),
		};
	} catch (error) {
		throw asNodeError(this.getNode(), error);
	}
}

async function listPage(
	client: MoyasarClient,
	page: number,
	zone: string,
): Promise<INodeListSearchResult> {
	const { records, lastPage } = await client.listPayments({}, page);
	return {
		results: records.map((payment) => toEntry(payment, zone)),
		paginationToken: page < lastPage ? String(page + 1) : undefined,
	};
}

async function readNewest(client: MoyasarClient): Promise<Payment[]> {
	const { records, lastPage } = await client.listPayments({}, 1);
	const later = Array.from(
		{ length: Math.min(lastPage, SEARCHED_PAGES) - 1 },
		(_, index) => index + 2,
	);
	const pages = await Promise.all(
		later.map(async (page) => (await client.listPayments({}, page)).records),
	);
	// A new payment moves the last one of a page to the next page.
	return [...new Map([records, ...pages].flat().map((payment) => [payment.id, payment])).values()];
}

/** Such as `103.50 SAR · paid · mada XXXX1111 · 2026-05-18 12:00 · Order 7`. */
function toEntry(payment: Payment, zone: string): INodeListSearchItems {
	const simple = simplify(payment);
	const created = dateTime(zone).safeParse(payment.created_at);
	const parts = [
		[simple.amount_decimal, simple.currency],
		[simple.status],
		[simple.source_company ?? simple.source_type, simple.source_number],
		[created.success ? created.data.toFormat('yyyy-MM-dd HH:mm') : payment.created_at],
		[simple.description],
	];
	const name = parts
		.map((words) => words.filter(Boolean).join(' '))
		.filter((part) => part !== '')
		.join(' · ');
	return { name: name || payment.id, value: payment.id };
}

function searchableText({ id, metadata }: Payment, { name }: INodeListSearchItems): string {
	return [name, id, ...Object.values(metadata ?? {})].join('\n').toLowerCase();
}
