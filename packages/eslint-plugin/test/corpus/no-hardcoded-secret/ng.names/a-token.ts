export const token = 'RANDOM_BASE64URL_43'
