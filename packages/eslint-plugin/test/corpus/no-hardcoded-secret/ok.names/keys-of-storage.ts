const TOKEN_KEY = 'shop.auth.token'
const accessToken = 'shop-access-token-v1'

export const read = () => [localStorage.getItem(TOKEN_KEY), localStorage.getItem(accessToken)]
