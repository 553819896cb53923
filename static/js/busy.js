/** What every page runs. A page's own module is loaded by the page, in its scripts block, and imports what it needs from here. */
import "./words.js";
import "./theme.js";
import "./rail.js";
import "./tabs.js";
import "./toast.js";
import "./http.js";
import "./popover.js";
import "./dialog.js";
import "./combobox.js";
import "./keys.js";
import "./palette.js";
import "./forms.js";
import "./live.js";
import "./line.js";
import "./timer/timer.js";
import "./waiting.js";
import "./installed.js";
