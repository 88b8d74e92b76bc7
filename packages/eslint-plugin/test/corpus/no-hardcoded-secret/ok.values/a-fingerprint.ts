export const fingerprint = 'SHA256:RANDOM_BASE64_32'
export const thumbprint = 'RANDOM_BASE64URL_43'
