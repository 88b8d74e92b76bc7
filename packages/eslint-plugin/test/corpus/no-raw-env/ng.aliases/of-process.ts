const p = process
const e = p.env

export const clientSecret = e.OIDC_CLIENT_SECRET
