/** How far HTML videos are watched: started, 25, 50 and 75 per cent, completed. */

const STEPS = [25, 50, 75];

/** @param {Kit} kit */
export default ({ api, on }) => {
  /** The furthest step told of each video. @type {WeakMap<HTMLVideoElement, number>} */
  const told = new WeakMap();

  const about = (/** @type {HTMLVideoElement} */ video) => ({
    video_id: video.dataset.pzVideo || video.id || path(video.currentSrc),
    title: video.title || video.getAttribute("aria-label") || undefined,
    total_length: Number.isFinite(video.duration) ? Math.round(video.duration) : undefined,
    position: Math.round(video.currentTime),
  });

  const started = (/** @type {HTMLVideoElement} */ video) => {
    if (told.has(video)) return;
    told.set(video, 0);
    api.track("Video Started", about(video));
  };

  const progressed = (/** @type {HTMLVideoElement} */ video) => {
    const percent = (100 * video.currentTime) / video.duration;
    const step = STEPS.filter((step) => percent >= step).at(-1) ?? 0;
    if (step <= (told.get(video) ?? 100)) return; // not started, endless, or told before
    told.set(video, step);
    api.track("Video Progressed", { ...about(video), percent: step });
  };

  const completed = (/** @type {HTMLVideoElement} */ video) => {
    if (!told.has(video) || told.get(video) === 100) return;
    told.set(video, 100);
    api.track("Video Completed", { ...about(video), percent: 100 });
  };

  /** Media events do not bubble, so they are heard on the way down. */
  const hear = (/** @type {string} */ type, /** @type {(video: HTMLVideoElement) => void} */ tell) =>
    on(document, type, ({ target }) => target instanceof HTMLVideoElement && tell(target));

  hear("play", started);
  hear("timeupdate", progressed);
  hear("ended", completed);
};

/** An address without host, query and fragment, which could hold tokens. @param {string} url */
function path(url) {
  return url.startsWith("http") ? new URL(url).pathname : undefined;
}
