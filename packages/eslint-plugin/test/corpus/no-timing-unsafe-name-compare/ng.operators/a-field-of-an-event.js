export const onEvent = (settings) => (event) => {
  if (event.detail.webhookSecret === settings.webhookSecret) accept(event)
}
