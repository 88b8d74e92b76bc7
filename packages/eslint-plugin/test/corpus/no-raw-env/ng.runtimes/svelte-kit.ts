import { STRIPE_KEY } from '$env/static/private'

export const headers = { authorization: `Bearer ${STRIPE_KEY}` }
