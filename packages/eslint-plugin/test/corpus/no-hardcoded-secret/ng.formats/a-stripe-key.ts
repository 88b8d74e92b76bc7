import Stripe from 'stripe'

export const stripe = new Stripe('sk_live_RANDOM_ALNUM_24')
