export const mail = { key: 'SG.RANDOM_BASE64URL_22.RANDOM_BASE64URL_43' }
