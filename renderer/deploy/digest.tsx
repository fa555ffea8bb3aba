import { Copy } from 'lucide-react'
import { attempt, notify } from '../app/notices'
import { IconButton } from '../ui/button'
import { shortDigest } from './words'

/** Shortened to read, whole to copy. */
export const DigestText = ({ digest }: { readonly digest: string }) => (
  <span className="deploy-digest">
    <code title={digest}>{shortDigest(digest)}</code>
    <IconButton
      label={`Copy digest ${shortDigest(digest)}`}
      icon={<Copy size={12} aria-hidden />}
      onPress={() =>
        attempt(async () => {
          await navigator.clipboard.writeText(digest)
          notify({ kind: 'info', title: 'Digest copied.' })
        })
      }
    />
  </span>
)
