export const props = { 'data-token': 'RANDOM_BASE64URL_43' }
