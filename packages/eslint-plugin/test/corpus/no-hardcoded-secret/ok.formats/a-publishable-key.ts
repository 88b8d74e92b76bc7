export const stripe = { publishableKey: 'pk_live_RANDOM_ALNUM_24' }
