export const keyPath = process.env.TLS_KEY_PATH ?? '/etc/tls/tls.key'
export const keyFile = process.env.PRIVATE_KEY_FILE || './key.pem'
