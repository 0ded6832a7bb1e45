//! Hosts from which payment services serve the frames that card data are typed into.
//!
//! Owns the list, as data. It holds domains of services, from their own integration documents as far as they were known
//! when this was written; what a company uses beside them it adds in its configuration (`detection.paymentHosts`). Must
//! never hold the host of a shop: a frame is judged by who serves it.

/// A host counts if it is one of these or below one.
pub const PAYMENT_HOSTS: &[&str] = &[
    "adyen.com",
    "authorize.net",
    "bambora.com",
    "basistheory.com",
    "beanstream.com",
    "bluesnap.com",
    "braintree-api.com",
    "braintreegateway.com",
    "braintreepayments.com",
    "cardconnect.com",
    "cardinalcommerce.com",
    "ccavenue.com",
    "chargebee.com",
    "checkout.com",
    "cielo.com.br",
    "clover.com",
    "computop-paygate.com",
    "convergepay.com",
    "cybersource.com",
    "datatrans.com",
    "dlocal.com",
    "ebanx.com",
    "evervault.com",
    "ewaypayments.com",
    "finixpymnts.com",
    "firstdata.com",
    "flutterwave.com",
    "globalpay.com",
    "globalpaymentsinc.com",
    "gocardless.com",
    "heartlandportico.com",
    "heidelpay.com",
    "klarna.com",
    "lyra.com",
    "mercadopago.com",
    "mollie.com",
    "moneris.com",
    "monetico-services.com",
    "networkmerchants.com",
    "nmi.com",
    "novalnet.de",
    "nuvei.com",
    "opayo.co.uk",
    "opayo.eu.elavon.com",
    "pagseguro.com.br",
    "pay1.de",
    "payengine.de",
    "payline.com",
    "payone.com",
    "paypal.com",
    "paypalobjects.com",
    "paystack.co",
    "paystack.com",
    "paytrace.com",
    "payu.com",
    "payu.in",
    "payzen.eu",
    "plaid.com",
    "razorpay.com",
    "realexpayments.com",
    "recurly.com",
    "redsys.es",
    "safecharge.com",
    "saferpay.com",
    "sagepay.com",
    "shift4.com",
    "spreedly.com",
    "square.com",
    "squarecdn.com",
    "squareup.com",
    "squareupsandbox.com",
    "stripe.com",
    "stripe.network",
    "sumup.com",
    "systempay.fr",
    "tokenex.com",
    "unzer.com",
    "v-psp.com",
    "vantivcnp.com",
    "verygoodproxy.com",
    "verygoodvault.com",
    "worldpay.com",
    "zuora.com",
];

/// Whether a frame of this host is one of a payment service: by the list, or by the company's own.
#[must_use]
pub fn is_payment_host(host: &str, further: &[String]) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let listed = PAYMENT_HOSTS.iter().copied().chain(further.iter().map(String::as_str));
    listed.into_iter().any(|domain| is_below(&host, domain))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a word is the name of a host and nothing more: no scheme, no port, no path.
#[must_use]
pub fn is_host(word: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    word.len() <= 253 && word.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_counts_with_what_is_below_it_and_no_look_alike() {
        for host in
            ["js.stripe.com", "stripe.com", "CHECKOUTSHOPPER-live.adyen.com", "assets.braintreegateway.com."]
        {
            assert!(is_payment_host(host, &[]), "{host}");
        }
        for host in ["notstripe.com", "stripe.com.example", "example", "", "com", "pay.example"] {
            assert!(!is_payment_host(host, &[]), "{host}");
        }
        assert!(is_payment_host("frames.pay.example", &["pay.example".to_owned()]));
    }

    #[test]
    fn the_list_holds_each_host_once_in_order_and_in_a_form_that_is_compared() {
        assert!(PAYMENT_HOSTS.is_sorted());
        for (index, host) in PAYMENT_HOSTS.iter().enumerate() {
            assert!(is_host(host) && host.contains('.'), "{host}");
            assert!(!PAYMENT_HOSTS.iter().skip(index + 1).any(|other| other == host), "{host}");
        }
    }

    #[test]
    fn a_host_is_no_address() {
        for word in
            ["https://stripe.com", "stripe.com/", "stripe.com:443", "*.stripe.com", "Stripe.com", "", ".com"]
        {
            assert!(!is_host(word), "{word}");
        }
    }
}
