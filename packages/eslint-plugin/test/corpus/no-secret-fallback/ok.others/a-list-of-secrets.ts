export const secrets = (config: { secrets?: string[] }) => config.secrets ?? []
