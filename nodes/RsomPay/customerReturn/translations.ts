import type { Outcome } from '../api/invoiceStatus';

/** The languages of the result page. The first one is the default. */
export const LANGUAGES = ['en', 'ar'] as const;

export type Language = (typeof LANGUAGES)[number];

/** The texts of the result page in one language. */
export interface Translation {
	direction: 'ltr' | 'rtl';
	/** Before the invoice's ID. */
	invoiceLabel: string;
	/** Before the invoice's amount. */
	amountLabel: string;
	/** On the button to the payment page after a failed attempt. */
	tryAgainButton: string;
	/** On the button to the payment page before any attempt. */
	payButton: string;
	/** On the button that loads the page again. */
	checkAgainButton: string;
	/** On the button to the shop. */
	continueButton: string;
	/** The heading and the explanation of each outcome. */
	outcomes: Record<Outcome, readonly [string, string]>;
}

export const TRANSLATIONS: Record<Language, Translation> = {
	en: {
		direction: 'ltr',
		invoiceLabel: 'Invoice',
		amountLabel: 'Amount',
		tryAgainButton: 'Try again',
		payButton: 'Go to payment',
		checkAgainButton: 'Check again',
		continueButton: 'Continue',
		outcomes: {
			paid: ['Paid', 'Your payment has been received. Thank you.'],
			pending: [
				'Not confirmed yet',
				'Your payment has not been confirmed yet. If you have completed it, please do not pay again: the confirmation may take a moment.',
			],
			failed: [
				'Payment not completed',
				'The payment did not go through. You can try again with the same payment link.',
			],
			canceled: ['Invoice canceled', 'This invoice was canceled. There is nothing to pay.'],
		},
	},
	ar: {
		direction: 'rtl',
		invoiceLabel: 'الفاتورة',
		amountLabel: 'المبلغ',
		tryAgainButton: 'إعادة المحاولة',
		payButton: 'الانتقال إلى الدفع',
		checkAgainButton: 'التحقق مرة أخرى',
		continueButton: 'متابعة',
		outcomes: {
			paid: ['تم الدفع', 'وصلتنا دفعتك. شكرًا لك.'],
			pending: [
				'لم يتأكد الدفع بعد',
				'لم يصلنا تأكيد دفعتك حتى الآن. إذا كنت قد أتممت الدفع فلا تدفع مرة أخرى، فقد يستغرق التأكيد بعض الوقت.',
			],
			failed: [
				'لم يكتمل الدفع',
				'لم تنجح عملية الدفع. يمكنك المحاولة مرة أخرى من رابط الدفع نفسه.',
			],
			canceled: ['أُلغيت الفاتورة', 'أُلغيت هذه الفاتورة، ولا يوجد مبلغ مستحق للدفع.'],
		},
	},
};
