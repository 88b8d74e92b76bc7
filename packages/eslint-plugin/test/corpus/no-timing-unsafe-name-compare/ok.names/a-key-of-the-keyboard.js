export function onKeyDown(event, shortcutKey) {
  if (event.key === shortcutKey || event.key === 'Enter') event.preventDefault()
}
