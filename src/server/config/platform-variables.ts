const address = /^(?:[\d.]+|[\da-f:.]*:[\da-f:.]*)$/i
const url = /^(?:tcp|udp|sctp):\/\/\S+:\d+$/

/**
 * Kubernetes describes each Service of the namespace to every pod, by variables that begin with the name of the Service, in
 * the form of Docker's links. A Service that is called `hallpass`, or `hallpass-…`, writes among our settings.
 */
const written: readonly (readonly [name: RegExp, value: RegExp])[] = [
  [/_SERVICE_HOST$/, address],
  [/_SERVICE_PORT(?:_[A-Z0-9_]+)?$/, /^\d{1,5}$/],
  [/_PORT(?:_\d+_(?:TCP|UDP|SCTP))?$/, url],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PROTO$/, /^(?:tcp|udp|sctp)$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT$/, /^\d{1,5}$/],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_ADDR$/, address],
  // Docker, of ports that follow each other.
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_(?:START|END)$/, url],
  [/_PORT_\d+_(?:TCP|UDP|SCTP)_PORT_(?:START|END)$/, /^\d{1,5}$/],
  [/_NAME$/, /^\/[^/]+\/[^/]+$/],
]

/** The environment without what a platform wrote there: only names and values of its forms, so a mistake is still one. */
export function withoutPlatformVariables(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(environment)
  const isWritten = ([name, value = '']: [string, string | undefined]) =>
    name.startsWith('HALLPASS_') && written.some(([names, values]) => names.test(name) && values.test(value))
  // Docker writes the variables of the container that is linked, whatever those are.
  const links = entries.filter(isWritten).flatMap(([name]) => (name.endsWith('_NAME') ? [name.slice(0, -4)] : []))
  const isOfLink = ([name]: [string, unknown]) => links.some((prefix) => name.startsWith(`${prefix}ENV_`))
  return Object.fromEntries(entries.filter((entry) => !isWritten(entry) && !isOfLink(entry)))
}
