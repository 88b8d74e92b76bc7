export const report = ({ apiKeyId, keyVersion }) => console.log({ apiKeyId, keyVersion })
