export function shouldUpdate(prevProps, nextProps) {
  return prevProps.accessToken !== nextProps.accessToken
}
