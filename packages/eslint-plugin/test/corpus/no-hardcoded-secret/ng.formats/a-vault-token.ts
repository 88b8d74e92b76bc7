export const vault = { endpoint: 'http://vault:8200', header: 'hvs.RANDOM_BASE64URL_95' }
