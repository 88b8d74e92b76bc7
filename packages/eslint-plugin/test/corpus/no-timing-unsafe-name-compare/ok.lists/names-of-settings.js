const BARE_AUTH_KEYS = ['_auth', '_authToken', 'username']
const AUTH_VALUE_KEYS = [...BARE_AUTH_KEYS, '_password']

export const isAuthKey = (key) => BARE_AUTH_KEYS.includes(key)
export const isAuthValue = (key) => AUTH_VALUE_KEYS.some((one) => one === key || key.endsWith(one))
