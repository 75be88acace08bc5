const HOSTED =
  /^https?:\/\/(?:prod-files-secure\.s3|s3[\w.-]*\.amazonaws\.com\/(?:secure\.notion-static\.com|prod-files-secure)|[\w.-]*\.?notion-static\.com|file\.notion\.so|[\w.-]*\.?notionusercontent\.com)/;
const SIGNATURE = /^(?:X-Amz-[\w-]*|x-id|exp|expirationTimestamp|sig|signature)=/i;

/** Matches every address in a text. */
export const URLS = /https?:\/\/[^\s<>"'()[\]]+/g;

/** Whether Notion stores the file at this address. */
export const isHosted = (url: string): boolean => HOSTED.test(url);

/** The text with the signatures of file addresses removed: Notion signs them differently at every read. */
export function withoutSignatures(text: string): string {
  return text.replace(URLS, (url) => {
    const at = url.indexOf('?');
    if (at < 0 || !isHosted(url)) return url;
    const kept = url
      .slice(at + 1)
      .split(/&(?:amp;)?/)
      .filter((parameter) => !SIGNATURE.test(parameter));
    return url.slice(0, at) + (kept.length > 0 ? `?${kept.join('&')}` : '');
  });
}
