export const ca = '-----BEGIN CERTIFICATE-----\nRANDOM_BASE64_240\n-----END CERTIFICATE-----\n'
