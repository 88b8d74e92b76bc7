/** Region, endpoint and credentials from the variables; the SDK finds the rest by its own rules. */
export function awsAccess(
  env: Readonly<Record<string, string | undefined>>,
  service: 'SECRETS_MANAGER' | 'ECS',
) {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? env['AWS_ENDPOINT_URL']
  const [accessKeyId, secretAccessKey] = [env['AWS_ACCESS_KEY_ID'], env['AWS_SECRET_ACCESS_KEY']]
  const sessionToken = env['AWS_SESSION_TOKEN']
  return {
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
  }
}
