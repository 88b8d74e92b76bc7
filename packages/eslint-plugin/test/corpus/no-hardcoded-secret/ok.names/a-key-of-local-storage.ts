export const TOKEN = 'token'
export const ACCESS_TOKEN = 'access_token_v2'
export const titleToken = 'Jobs'
