/** Languages of the API's messages. */
export type Language = 'en' | 'ar';

/** The rule that a field violates. */
export type Rule =
	| 'required'
	| 'string'
	| 'number'
	| 'integer'
	| 'array'
	| 'object'
	| 'max_length'
	| 'min'
	| 'max'
	| 'email'
	| 'date'
	| 'url'
	| 'https'
	| 'public'
	| 'positive_total'
	| 'total_too_large'
	| 'not_supported'
	| 'exactly_one';

/** Key of a response's `message`. */
export type Notice =
	| 'success'
	| 'unauthenticated'
	| 'wrong_token_type'
	| 'suspended'
	| 'invoice_not_found'
	| 'route_not_found'
	| 'malformed_json'
	| 'too_large'
	| 'invalid'
	| 'too_many_requests'
	| 'server_error';

type FieldMessage = (field: string, limit: number | undefined) => string;

const fieldMessages: Record<Language, Record<Rule, FieldMessage>> = {
	en: {
		required: (field) => `The ${field} field is required.`,
		string: (field) => `The ${field} field must be a string.`,
		number: (field) => `The ${field} field must be a number.`,
		integer: (field) => `The ${field} field must be an integer.`,
		array: (field) => `The ${field} field must be an array.`,
		object: (field) => `The ${field} field must be an object.`,
		max_length: (field, limit) =>
			`The ${field} field must not be greater than ${limit ?? ''} characters.`,
		min: (field, limit) => `The ${field} field must be at least ${limit ?? ''}.`,
		max: (field, limit) => `The ${field} field must not be greater than ${limit ?? ''}.`,
		email: (field) => `The ${field} field must be a valid email address.`,
		date: (field) => `The ${field} field must match the format Y-m-d.`,
		url: (field) => `The ${field} field must be a valid URL.`,
		https: (field) => `The ${field} field must be an HTTPS URL.`,
		public: (field) => `The ${field} field must be publicly reachable.`,
		positive_total: () => 'The invoice total must be greater than 0.',
		total_too_large: () => 'The invoice total is too large.',
		not_supported: (field) => `The ${field} parameter is not supported here.`,
		exactly_one: () => 'Provide exactly one of external_id and reference_number.',
	},
	ar: {
		required: (field) => `حقل ${field} مطلوب.`,
		string: (field) => `يجب أن يكون حقل ${field} نصًا.`,
		number: (field) => `يجب أن يكون حقل ${field} رقمًا.`,
		integer: (field) => `يجب أن يكون حقل ${field} عددًا صحيحًا.`,
		array: (field) => `يجب أن يكون حقل ${field} مصفوفة.`,
		object: (field) => `يجب أن يكون حقل ${field} كائنًا.`,
		max_length: (field, limit) => `يجب ألا يتجاوز حقل ${field} ${limit ?? ''} حرفًا.`,
		min: (field, limit) => `يجب ألا تقل قيمة حقل ${field} عن ${limit ?? ''}.`,
		max: (field, limit) => `يجب ألا تتجاوز قيمة حقل ${field} ${limit ?? ''}.`,
		email: (field) => `يجب أن يكون حقل ${field} عنوان بريد إلكتروني صالحًا.`,
		date: (field) => `يجب أن يطابق حقل ${field} الصيغة Y-m-d.`,
		url: (field) => `يجب أن يكون حقل ${field} رابطًا صالحًا.`,
		https: (field) => `يجب أن يبدأ رابط حقل ${field} بـ https.`,
		public: (field) => `يجب أن يكون رابط حقل ${field} متاحًا على الإنترنت.`,
		positive_total: () => 'يجب أن يكون إجمالي الفاتورة أكبر من 0.',
		total_too_large: () => 'إجمالي الفاتورة كبير جدًا.',
		not_supported: (field) => `المعامل ${field} غير مدعوم هنا.`,
		exactly_one: () => 'أرسل واحدًا فقط من external_id و reference_number.',
	},
};

const notices: Record<Language, Record<Notice, string>> = {
	en: {
		success: 'Mission completed successfully',
		unauthenticated: 'Unauthenticated.',
		wrong_token_type: 'This token cannot be used with the external API.',
		suspended: 'This client is suspended.',
		invoice_not_found: 'Invoice not found.',
		route_not_found: 'The route could not be found.',
		malformed_json: 'The request body is not valid JSON.',
		too_large: 'The request body is too large.',
		invalid: 'The given data was invalid.',
		too_many_requests: 'Too Many Requests.',
		server_error: 'Server Error',
	},
	ar: {
		success: 'تمت العملية بنجاح',
		unauthenticated: 'غير مصرح بالدخول.',
		wrong_token_type: 'لا يمكن استخدام هذا الرمز مع الواجهة الخارجية.',
		suspended: 'هذا العميل موقوف.',
		invoice_not_found: 'الفاتورة غير موجودة.',
		route_not_found: 'المسار غير موجود.',
		malformed_json: 'محتوى الطلب ليس JSON صالحًا.',
		too_large: 'محتوى الطلب كبير جدًا.',
		invalid: 'البيانات المدخلة غير صالحة.',
		too_many_requests: 'طلبات كثيرة جدًا.',
		server_error: 'خطأ في الخادم',
	},
};

/** The message of an invalid field. Clients rely on its key only: the guide says it may be localized. */
export function fieldMessage(
	language: Language,
	rule: Rule,
	field: string,
	limit?: number,
): string {
	return fieldMessages[language][rule](field, limit);
}

/** The `message` of a response. */
export function noticeMessage(language: Language, notice: Notice): string {
	return notices[language][notice];
}
